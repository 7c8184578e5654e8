"""ONNX front end: an ONNX graph becomes a Network.

``model`` opens and checks a file and freezes its inputs; ``read`` walks the nodes once, in order: ``shapes`` infers,
``fold`` evaluates shape arithmetic, and one small function a node type (``LOWERINGS``, a file a group) emits layers.
"""
