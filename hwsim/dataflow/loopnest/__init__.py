"""One kernel on one array under any loop nest: what every level reads and writes, how long it takes."""
