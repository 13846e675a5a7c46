"""Detections for Elastic Load Balancing and Amazon API Gateway."""
