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
