"""Money: what a business case is worth, how sure that is, and what waiting costs. Pure, Decimal, no currency conversion.

Conventions: annual flows at year ends, the first today and not discounted; one currency; before tax; compared with doing
nothing. Outlays are negative. Nothing is rounded before it is shown: money then half even to the cent, rates and years to
six places.
"""
