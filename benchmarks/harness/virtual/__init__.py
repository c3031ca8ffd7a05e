"""The measurements in virtual time: the real function in simulated surroundings."""
