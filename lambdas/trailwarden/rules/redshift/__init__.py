"""Detections for Amazon Redshift and Aurora DSQL."""
