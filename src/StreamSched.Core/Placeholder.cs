namespace StreamSched.Core;
