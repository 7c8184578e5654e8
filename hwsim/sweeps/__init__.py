"""Many points: spaces of parameters, their evaluation on any executor, a journal that survives, and what the rows say."""
