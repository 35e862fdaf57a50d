namespace StreamSched.Avro;
