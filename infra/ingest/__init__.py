"""What comes in: trail, bucket, queues, and EventBridge rules."""
