"""`ivr simulate`: recorded calls through a policy's queues, with so many agents."""
