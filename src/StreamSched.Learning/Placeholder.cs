namespace StreamSched.Learning;
