namespace StreamSched.Kafka;
