"""Rules about Amazon API Gateway and its neighbours."""
