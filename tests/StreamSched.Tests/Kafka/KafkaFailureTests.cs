using Confluent.Kafka;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Tests.Kafka;

public class KafkaFailureTests
{
    [Theory]
    [InlineData(ErrorCode.TopicAuthorizationFailed, KafkaFailureKind.Authorization)]
    [InlineData(ErrorCode.GroupAuthorizationFailed, KafkaFailureKind.Authorization)]
    [InlineData(ErrorCode.Local_Authentication, KafkaFailureKind.Authentication)]
    [InlineData(ErrorCode.Local_Ssl, KafkaFailureKind.Authentication)]
    [InlineData(ErrorCode.FencedInstanceId, KafkaFailureKind.Fenced)]
    [InlineData(ErrorCode.UnsupportedVersion, KafkaFailureKind.Refused)]
    public void What_needs_a_human_ends_the_program(ErrorCode code, KafkaFailureKind kind)
    {
        var failure = KafkaFailureException.From(new Error(code), "topic t");
        Assert.Equal(kind, failure!.Kind);
        Assert.False(failure.IsTransient);
    }

    [Theory]
    [InlineData(ErrorCode.Local_Transport)]
    [InlineData(ErrorCode.Local_AllBrokersDown)]
    [InlineData(ErrorCode.NotCoordinatorForGroup)]
    [InlineData(ErrorCode.LeaderNotAvailable)]
    [InlineData(ErrorCode.RequestTimedOut)]
    [InlineData(ErrorCode.RebalanceInProgress)]
    public void What_the_client_repairs_does_not(ErrorCode code) => Assert.Null(KafkaFailureException.From(new Error(code), "topic t"));

    [Fact]
    public void Fatal_errors_end_the_program() =>
        Assert.Equal(
            KafkaFailureKind.Fatal, KafkaFailureException.From(new Error(ErrorCode.OutOfOrderSequenceNumber, "lost sequence", isFatal: true), "topic t")!.Kind);
}
