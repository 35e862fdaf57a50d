namespace StreamSched.Logs;

/// <summary>Takes a sound record of a log, which lies in a buffer that the next one overwrites.</summary>
/// <typeparam name="TView">The record's view.</typeparam>
/// <param name="view">The record.</param>
internal delegate void LoggedViewHandler<TView>(in TView view)
    where TView : struct, allows ref struct;
