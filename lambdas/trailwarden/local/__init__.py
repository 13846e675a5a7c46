"""A local AWS with the real app in it: deployed by `cdk`, run by AWS's own runtime client.

Amazon's part is moto's server; what its CloudFormation leaves out is applied from the template, and
what runs functions in AWS (the Lambda service and its pollers) is played by this package. It is for
development and demonstrations, and no part of what Lambda runs.
"""
