"""The rules of Throughline: pure functions of recorded facts and a clock, standard library only."""
