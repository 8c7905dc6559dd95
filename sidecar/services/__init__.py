"""One use case per function, one transaction each. The ways in (cli, api, web, jobs) call these and nothing below."""
