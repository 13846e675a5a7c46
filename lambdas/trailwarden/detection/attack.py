"""The MITRE ATT&CK tactics, and the techniques that the rules detect.

Ids and names are those of the Enterprise matrix, version 17, in which impairing defences is
T1562. Version 19 splits it; https://attack.mitre.org/versions/ keeps both.
"""

from enum import StrEnum

MATRIX_VERSION = "17"


class Tactic(StrEnum):
    """Why an adversary acts: the columns of the ATT&CK Enterprise matrix, by their ids."""

    RESOURCE_DEVELOPMENT = "TA0042"
    INITIAL_ACCESS = "TA0001"
    EXECUTION = "TA0002"
    PERSISTENCE = "TA0003"
    PRIVILEGE_ESCALATION = "TA0004"
    DEFENSE_EVASION = "TA0005"
    CREDENTIAL_ACCESS = "TA0006"
    DISCOVERY = "TA0007"
    LATERAL_MOVEMENT = "TA0008"
    COLLECTION = "TA0009"
    COMMAND_AND_CONTROL = "TA0011"
    EXFILTRATION = "TA0010"
    IMPACT = "TA0040"

    @property
    def title(self) -> str:  # type: ignore[override]  # a tactic's title, not text's title case
        """The tactic's name, such as `Initial Access`."""
        return self.name.replace("_", " ").title().replace(" And ", " and ")


TECHNIQUES = {
    "T1003.003": "OS Credential Dumping: NTDS",
    "T1005": "Data from Local System",
    "T1016": "System Network Configuration Discovery",
    "T1020": "Automated Exfiltration",
    "T1020.001": "Automated Exfiltration: Traffic Duplication",
    "T1021": "Remote Services",
    "T1021.004": "Remote Services: SSH",
    "T1021.007": "Remote Services: Cloud Services",
    "T1021.008": "Remote Services: Direct Cloud VM Connections",
    "T1033": "System Owner/User Discovery",
    "T1036": "Masquerading",
    "T1037": "Boot or Logon Initialization Scripts",
    "T1040": "Network Sniffing",
    "T1048": "Exfiltration Over Alternative Protocol",
    "T1053": "Scheduled Task/Job",
    "T1053.007": "Scheduled Task/Job: Container Orchestration Job",
    "T1059": "Command and Scripting Interpreter",
    "T1059.009": "Command and Scripting Interpreter: Cloud API",
    "T1069.003": "Permission Groups Discovery: Cloud Groups",
    "T1070": "Indicator Removal",
    "T1072": "Software Deployment Tools",
    "T1074.002": "Data Staged: Remote Data Staging",
    "T1078": "Valid Accounts",
    "T1078.004": "Valid Accounts: Cloud Accounts",
    "T1087.004": "Account Discovery: Cloud Account",
    "T1090.003": "Proxy: Multi-hop Proxy",
    "T1098": "Account Manipulation",
    "T1098.001": "Account Manipulation: Additional Cloud Credentials",
    "T1098.003": "Account Manipulation: Additional Cloud Roles",
    "T1098.004": "Account Manipulation: SSH Authorized Keys",
    "T1098.005": "Account Manipulation: Device Registration",
    "T1098.006": "Account Manipulation: Additional Container Cluster Roles",
    "T1105": "Ingress Tool Transfer",
    "T1110": "Brute Force",
    "T1110.001": "Brute Force: Password Guessing",
    "T1110.003": "Brute Force: Password Spraying",
    "T1110.004": "Brute Force: Credential Stuffing",
    "T1113": "Screen Capture",
    "T1119": "Automated Collection",
    "T1133": "External Remote Services",
    "T1136.003": "Create Account: Cloud Account",
    "T1185": "Browser Session Hijacking",
    "T1190": "Exploit Public-Facing Application",
    "T1195": "Supply Chain Compromise",
    "T1195.001": "Supply Chain Compromise: Software Dependencies and Development Tools",
    "T1195.002": "Supply Chain Compromise: Software Supply Chain",
    "T1199": "Trusted Relationship",
    "T1201": "Password Policy Discovery",
    "T1204": "User Execution",
    "T1204.003": "User Execution: Malicious Image",
    "T1213": "Data from Information Repositories",
    "T1213.006": "Data from Information Repositories: Databases",
    "T1484": "Domain or Tenant Policy Modification",
    "T1484.002": "Domain or Tenant Policy Modification: Trust Modification",
    "T1485": "Data Destruction",
    "T1485.001": "Data Destruction: Lifecycle-Triggered Deletion",
    "T1486": "Data Encrypted for Impact",
    "T1489": "Service Stop",
    "T1490": "Inhibit System Recovery",
    "T1491.002": "Defacement: External Defacement",
    "T1496": "Resource Hijacking",
    "T1496.001": "Resource Hijacking: Compute Hijacking",
    "T1496.003": "Resource Hijacking: SMS Pumping",
    "T1496.004": "Resource Hijacking: Cloud Service Hijacking",
    "T1499": "Endpoint Denial of Service",
    "T1505": "Server Software Component",
    "T1518.001": "Software Discovery: Security Software Discovery",
    "T1525": "Implant Internal Image",
    "T1526": "Cloud Service Discovery",
    "T1528": "Steal Application Access Token",
    "T1529": "System Shutdown/Reboot",
    "T1530": "Data from Cloud Storage",
    "T1531": "Account Access Removal",
    "T1534": "Internal Spearphishing",
    "T1535": "Unused/Unsupported Cloud Regions",
    "T1537": "Transfer Data to Cloud Account",
    "T1538": "Cloud Service Dashboard",
    "T1539": "Steal Web Session Cookie",
    "T1546": "Event Triggered Execution",
    "T1548": "Abuse Elevation Control Mechanism",
    "T1548.005": "Abuse Elevation Control Mechanism: Temporary Elevated Cloud Access",
    "T1550": "Use Alternate Authentication Material",
    "T1550.001": "Use Alternate Authentication Material: Application Access Token",
    "T1552": "Unsecured Credentials",
    "T1552.001": "Unsecured Credentials: Credentials In Files",
    "T1552.004": "Unsecured Credentials: Private Keys",
    "T1552.005": "Unsecured Credentials: Cloud Instance Metadata API",
    "T1555.006": "Credentials from Password Stores: Cloud Secrets Management Stores",
    "T1556": "Modify Authentication Process",
    "T1556.006": "Modify Authentication Process: Multi-Factor Authentication",
    "T1556.009": "Modify Authentication Process: Conditional Access Policies",
    "T1557": "Adversary-in-the-Middle",
    "T1562": "Impair Defenses",
    "T1562.001": "Impair Defenses: Disable or Modify Tools",
    "T1562.006": "Impair Defenses: Indicator Blocking",
    "T1562.007": "Impair Defenses: Disable or Modify Cloud Firewall",
    "T1562.008": "Impair Defenses: Disable or Modify Cloud Logs",
    "T1565": "Data Manipulation",
    "T1565.001": "Data Manipulation: Stored Data Manipulation",
    "T1566": "Phishing",
    "T1567": "Exfiltration Over Web Service",
    "T1567.002": "Exfiltration Over Web Service: Exfiltration to Cloud Storage",
    "T1572": "Protocol Tunneling",
    "T1574": "Hijack Execution Flow",
    "T1578": "Modify Cloud Compute Infrastructure",
    "T1578.001": "Modify Cloud Compute Infrastructure: Create Snapshot",
    "T1578.002": "Modify Cloud Compute Infrastructure: Create Cloud Instance",
    "T1578.003": "Modify Cloud Compute Infrastructure: Delete Cloud Instance",
    "T1578.004": "Modify Cloud Compute Infrastructure: Revert Cloud Instance",
    "T1578.005": "Modify Cloud Compute Infrastructure: Modify Cloud Compute Configurations",
    "T1580": "Cloud Infrastructure Discovery",
    "T1583": "Acquire Infrastructure",
    "T1583.001": "Acquire Infrastructure: Domains",
    "T1583.002": "Acquire Infrastructure: DNS Server",
    "T1583.006": "Acquire Infrastructure: Web Services",
    "T1584.001": "Compromise Infrastructure: Domains",
    "T1584.002": "Compromise Infrastructure: DNS Server",
    "T1584.007": "Compromise Infrastructure: Serverless",
    "T1606": "Forge Web Credentials",
    "T1606.002": "Forge Web Credentials: SAML Tokens",
    "T1608": "Stage Capabilities",
    "T1609": "Container Administration Command",
    "T1610": "Deploy Container",
    "T1613": "Container and Resource Discovery",
    "T1619": "Cloud Storage Object Discovery",
    "T1621": "Multi-Factor Authentication Request Generation",
    "T1648": "Serverless Execution",
    "T1649": "Steal or Forge Authentication Certificates",
    "T1651": "Cloud Administration Command",
    "T1654": "Log Enumeration",
    "T1657": "Financial Theft",
    "T1666": "Modify Cloud Resource Hierarchy",
}
"""The name of each technique that rules may name."""
