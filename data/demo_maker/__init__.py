"""Makes the demo of Rayler Parts, a maker of spare parts, in any size: the same seed gives the same bytes."""
