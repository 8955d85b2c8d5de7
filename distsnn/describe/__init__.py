"""Networks as users describe them: frozen, checked objects that neither compute nor communicate."""
