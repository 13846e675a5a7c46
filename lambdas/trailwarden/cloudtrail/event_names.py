"""Names that CloudTrail records and no API model has.

To add one, put it behind its service, below the comment that says where it is written. A page of
AWS or a record is a source; a rule elsewhere is not.
"""

GROUPS = (
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
    ("signin", "CheckMfa ConsoleLogin MfaFromRegisteredDevice"),
    ("signin", "ExitRole GetSigninToken RenewRole SwitchRole"),
    ("signin", "AccountNameUpdated EmailUpdated PasswordUpdated"),
    ("signin", "PasswordRecoveryCompleted PasswordRecoveryRequested"),
    # https://docs.aws.amazon.com/signin/latest/userguide/oauth-sign-in-overview.html
    ("signin", "AuthorizeOAuth2Access"),
    # https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html
    ("signin", "CredentialChallenge CredentialVerification UserAuthentication"),
    # https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html
    ("sso", "Authenticate Federate"),
    ("sso", "DisableSSO EnableSSO GetSSOStatus StartSSO"),
    ("sso", "AssociateProfile CreateProfile DeleteProfile DisassociateProfile UpdateProfile"),
    ("sso", "GetProfile ListProfileAssociations ListProfiles"),
    ("sso", "CreateApplicationInstance DeleteApplicationInstance GetApplicationInstance"),
    ("sso", "CreateApplicationInstanceCertificate DeleteApplicationInstanceCertificate"),
    ("sso", "GetApplicationTemplate ImportApplicationInstanceServiceProviderMetadata"),
    ("sso", "ListApplicationInstances UpdateApplicationInstanceActiveCertificate"),
    ("sso", "UpdateApplicationInstanceDisplayData UpdateApplicationInstanceStatus"),
    ("sso", "CreateTrust GetPermissionSet"),
    ("sso", "DeletePermissionsPolicy DescribePermissionsPolicies GetPermissionsPolicy"),
    ("sso", "PutPermissionsPolicy"),
    ("sso", "GetSharedSsoConfiguration GetSsoConfiguration UpdateSsoConfiguration"),
    ("sso", "ListDirectoryAssociations SearchGroups SearchUsers"),
    ("sso", "PutMfaDeviceManagementForDirectory"),
    # Records name either service as the source of these.
    ("sso sso-directory", "AssociateDirectory DisassociateDirectory UpdateDirectoryAssociation"),
    ("sso sso-directory", "CreateExternalIdPConfigurationForDirectory"),
    ("sso sso-directory", "DeleteExternalIdPConfigurationForDirectory"),
    ("sso sso-directory", "DisableExternalIdPConfigurationForDirectory"),
    ("sso sso-directory", "EnableExternalIdPConfigurationForDirectory"),
    ("sso sso-directory", "UpdateExternalIdPConfigurationForDirectory"),
    ("sso sso-directory", "DeleteExternalIdPCertificate ImportExternalIdPCertificate"),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamidentitycenterdirectory.html
    ("sso-directory", "AddMemberToGroup IsMemberInGroup RemoveMemberFromGroup"),
    ("sso-directory", "CompleteVirtualMfaDeviceRegistration CompleteWebAuthnDeviceRegistration"),
    ("sso-directory", "StartVirtualMfaDeviceRegistration StartWebAuthnDeviceRegistration"),
    ("sso-directory", "DeleteMfaDeviceForUser DisableMfaDevice UpdateMfaDeviceForUser"),
    ("sso-directory", "CreateBearerToken DeleteBearerToken ListBearerTokens"),
    ("sso-directory", "CreateProvisioningTenant DeleteProvisioningTenant"),
    ("sso-directory", "CreateAlias DescribeDirectory GetUserPoolInfo ListProvisioningTenants"),
    ("sso-directory", "DescribeGroups DescribeUsers SearchGroups SearchUsers"),
    ("sso-directory", "DisableUser EnableUser UpdatePassword UpdateUserName VerifyEmail"),
    ("sso-directory", "GetAWSSPConfigurationForDirectory UpdateGroupDisplayName"),
    ("sso-directory", "ListExternalIdPCertificates ListExternalIdPConfigurationsForDirectory"),
    ("sso-directory", "ListGroupsForUser ListMembersInGroup ListMfaDevicesForUser"),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
    ("s3", "DeleteAccountPublicAccessBlock DeleteBucketPublicAccessBlock"),
    ("s3", "GetAccountPublicAccessBlock GetBucketPublicAccessBlock"),
    ("s3", "PutAccountPublicAccessBlock PutBucketPublicAccessBlock"),
    ("s3", "GetBucketObjectLockConfiguration PutBucketObjectLockConfiguration"),
    ("s3", "GetAccelerateConfiguration PutAccelerateConfiguration"),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-logging.html
    ("s3", "JobCreated JobStatusChanged"),
    # https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
    ("kms", "DeleteExpiredKeyMaterial DeleteKey RotateKey SynchronizeMultiRegionKey"),
    # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_cloudtrail-integration.html
    ("organizations", "AccountDepartedOrganization AccountJoinedOrganization"),
    ("organizations", "CreateAccountResult"),
    # https://docs.aws.amazon.com/ebs/latest/userguide/share-snapshot-access.html
    ("ec2", "SharedSnapshotCopyInitiated SharedSnapshotVolumeCreated"),
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/log-ec2-instance-connect-endpoint-using-cloudtrail.html
    ("ec2-instance-connect", "OpenTunnel"),
    # https://docs.aws.amazon.com/cloudshell/latest/userguide/logging-and-monitoring.html
    ("cloudshell", "CreateEnvironment DeleteEnvironment StartEnvironment StopEnvironment"),
    ("cloudshell", "CreateSession DeleteSession GetEnvironmentStatus SendHeartBeat"),
    ("cloudshell", "GetFileDownloadUrls GetFileUploadUrls PutCredentials RedeemCode"),
    ("cloudshell", "GetLayout UpdateLayout"),
    # https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/logging-using-cloudtrail.html
    ("billingconsole", "GetAlternateContact GetContactInformation PutAlternateContact"),
    ("billingconsole", "SetContactAddress UpdateAccountPreferences"),
    ("billing billingconsole", "UpdateIAMAccessPreference"),
    ("account billingconsole", "CloseAccount"),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_payments.html
    ("payments", "CreatePaymentInstrument DeletePaymentInstrument UpdatePaymentPreferences"),
    # https://docs.aws.amazon.com/marketplace/latest/buyerguide/cloudtrail-logging.html
    ("aws-marketplace", "Subscribe Unsubscribe"),
    # https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html
    ("bedrock", "PutFoundationModelEntitlement"),
    # https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
    ("rolesanywhere", "CreateSession"),
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-cloudtrail-logs.html
    ("ssm", "RegisterManagedInstance RequestManagedInstanceRoleToken UpdateInstanceInformation"),
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/DownloadCompleteDBLogFile.html
    ("rds", "DownloadCompleteDBLogFile"),
    # https://docs.aws.amazon.com/aurora-dsql/latest/userguide/logging-using-cloudtrail.html
    ("dsql", "DbConnect DbConnectAdmin"),
    # https://docs.aws.amazon.com/macie/latest/userguide/macie-cloudtrail.html, Macie Classic
    ("macie", "AssociateS3Resources DisassociateS3Resources UpdateS3Resources"),
)
"""Services, and names of theirs."""

NAMES = frozenset(
    f"{service}:{name}"
    for services, names in GROUPS
    for service in services.split()
    for name in names.split()
)
"""The names as rules write events: `signin:ConsoleLogin`."""
