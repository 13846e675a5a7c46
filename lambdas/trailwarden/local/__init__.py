"""A local AWS with the real app in it: deployed by `cdk`, run by AWS's own runtime client.

Amazon's part is moto's server. Some resources its CloudFormation leaves out: they are applied from
the template. This package plays the Lambda service and its pollers, which run functions in AWS. It
is for development and demonstrations, and no part of the functions.
"""
