namespace StreamSched.Analysis.Estimation;

/// <summary>What is kept of one decision of the log.</summary>
internal struct LoggedDecision
{
    /// <summary>When it was decided, µs since 1970.</summary>
    public long At;

    /// <summary>What it was worth, and less its price.</summary>
    public double Gross, Net;

    /// <summary>What labels of other answers may say of it.</summary>
    public LabelledValues.Answer Answer;

    /// <summary>Seconds until the answer; not a number: there was none.</summary>
    public float Latency;

    /// <summary>Seconds from the decision until its deadline.</summary>
    public float Deadline;

    /// <summary>Probability that it was recorded in full.</summary>
    public float Rate;

    /// <summary>Its row among the full ones; -1: recorded in short.</summary>
    public int Full;

    /// <summary>Part for cross-fitting.</summary>
    public byte Fold;

    /// <summary>Whether a result came.</summary>
    public bool IsJoined;
}
