namespace StreamSched.Hosting;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCodes
{
    /// <summary>Done as asked.</summary>
    public const int Ok = 0;

    /// <summary>Could not do it; the message says what to change. Also for checks that found something.</summary>
    public const int Failure = 1;

    /// <summary>Asked for what there is not: options, settings, arguments.</summary>
    public const int Usage = 2;
}
