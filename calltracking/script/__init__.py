"""The script on a website: t.js, how it is built and served, and the snippet a webmaster puts in."""
