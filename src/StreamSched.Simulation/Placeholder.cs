namespace StreamSched.Simulation;
