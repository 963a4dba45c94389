"""Child processes: started from one place, ended with their owner, their last words kept."""
