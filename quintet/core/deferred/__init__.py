"""Work done after the answer: one table is the truth, a worker or a broker's bell only says that there is something.

actions.py    for services: what may be deferred, putting it into the table, taking it out
queries.py    for services: how far it is
running.py    claiming a row, running it, and writing the outcome if the row is still ours
processes.py  names of workers, and which of them are gone
heart.py      the thread that keeps a worker's lease and shows that it lives
engine.py     which of the following does the work here
worker.py     processes that poll the table
inline.py     the calling thread, for tests
bell.py celery.py   Celery: it carries row numbers, never the work itself
schedule.py   what comes again and again
"""
