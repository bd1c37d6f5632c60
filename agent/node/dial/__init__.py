"""How a node is reached: the route with its hops, what the ssh configuration says, which host keys are known."""
