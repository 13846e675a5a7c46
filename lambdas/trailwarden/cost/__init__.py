"""What a deployment costs a month: list prices, measured call counts, and what comes of them.

It imports neither AWS's clients nor CDK's: the stack warns with it before it deploys.
"""
