"""Which visit explains a call, how sure are we, and which else could it be? Pure; never imports the simulator."""
