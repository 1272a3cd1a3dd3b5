"""How the mask model is made. Never imported by the product."""
