from trailwarden.cloudtrail.passing import passed_roles


def test_passed_roles_are_found_at_any_depth() -> None:
    request = {
        "roleArns": ["a", None, {"x": "b"}],
        "environment": {"variables": {"ROLE_ARN": "no"}},
        "tags": {"role": "no"},
        "pipeline": {"stages": [{"actions": [{"roleArn": "c"}]}], "name": "no"},
    }
    assert list(passed_roles(request)) == ["a", "b", "c"]
    assert list(passed_roles(None)) == []


def test_a_role_in_parameters_that_are_written_as_text_is_found() -> None:
    assert list(passed_roles({"parameters": '{"RoleArn": "a", "tags": {"role": "no"}}'})) == ["a"]
    assert list(passed_roles({"parameters": "{", "role": "{"})) == ["{"]


def test_a_role_may_be_the_value_of_a_setting_that_has_a_name() -> None:
    namespace = "aws:autoscaling:launchconfiguration"
    options = [
        {"namespace": namespace, "optionName": "IamInstanceProfile", "value": "admin"},
        {"namespace": namespace, "optionName": "InstanceType", "value": "t3.micro"},
    ]
    assert list(passed_roles({"optionSettings": options})) == ["admin"]
    instances = "/ssm/managed-instance/default-ec2-instance-management-role"
    assert list(passed_roles({"settingId": instances, "settingValue": "ops"})) == ["ops"]
    assert list(passed_roles({"settingId": "/ssm/parameter-store", "settingValue": "x"})) == []


def test_a_role_may_be_in_a_field_or_a_parameter_of_a_pipeline_of_data() -> None:
    fields = [{"key": "resourceRole", "stringValue": "a"}, {"key": "type", "stringValue": "no"}]
    pipeline = {
        "pipelineObjects": [{"id": "role", "name": "role", "fields": fields}],
        "parameterValues": [{"id": "myRole", "stringValue": "b"}],
        "labels": [{"key": "role", "value": "no"}],
    }
    assert list(passed_roles(pipeline)) == ["a", "b"]


def test_a_resource_that_cloud_control_makes_passes_no_role_by_itself() -> None:
    made = {"roleArn": "a", "desiredState": '{"RoleName": "b"}', "patchDocument": '{"Role": "c"}'}
    assert list(passed_roles(made)) == ["a"]
