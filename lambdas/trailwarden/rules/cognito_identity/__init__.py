"""Identity pools, which hand AWS credentials to an application's users."""
