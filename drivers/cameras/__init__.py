"""Cameras: files and RTSP streams, on PyAV. Demultiplexing stands apart from decoding."""
