"""`upscli completion`."""

import click

from upscli.cli.terminal import show


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    upscli completion bash >> ~/.bashrc
    upscli completion zsh  >> ~/.zshrc
    upscli completion fish > ~/.config/fish/completions/upscli.fish

    Commands, options and the names of methods then complete with Tab.
    """
    from click.shell_completion import get_completion_class

    from upscli.cli import main

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    show(found(main, {}, "upscli", "_UPSCLI_COMPLETE").source())
