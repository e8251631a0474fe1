"""``make mutants``: what a small wrong change of the code would go through unnoticed."""

from tools.mutants.command import main

if __name__ == "__main__":
    main()
