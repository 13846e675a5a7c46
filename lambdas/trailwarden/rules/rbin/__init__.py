"""Rules about Recycle Bin and the lifecycle of snapshots."""
