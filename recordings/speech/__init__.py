"""Speech to words: engines behind one port, each in a child; the models they need, installed and checked."""
