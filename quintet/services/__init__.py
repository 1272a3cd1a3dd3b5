"""The five services. They do not know one another; what joins two of them lives in quintet.bridges."""
