"""Work done after the answer: one table is the truth, a worker or a broker's bell only says that there is something."""
