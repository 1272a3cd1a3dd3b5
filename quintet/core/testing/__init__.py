"""For tests: the contract book, and those who play in it. The product imports none of this."""
