"""What both sides of the wall speak: frames, bounds, and the orders to a zygote. Imports nothing by itself."""
