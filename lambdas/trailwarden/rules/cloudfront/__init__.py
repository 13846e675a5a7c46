"""CloudFront: the network through which AWS serves web content."""
