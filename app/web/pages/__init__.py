"""What each page asks over HTTP, one package a page (or one module); no page knows another."""
