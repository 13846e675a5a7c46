"""Rules about EC2: instances, images, disks and networks."""
