"""initiate and terminate at work: their log, and what becomes of SAs when they are interrupted."""
