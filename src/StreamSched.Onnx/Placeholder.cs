namespace StreamSched.Onnx;
