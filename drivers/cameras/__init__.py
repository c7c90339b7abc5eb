"""Cameras: files and RTSP streams, on PyAV."""
