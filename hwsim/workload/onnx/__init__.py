"""ONNX front end: an ONNX graph becomes a Network.

``model`` opens and checks a file and freezes its inputs; ``walk`` goes over the nodes once, in order: ``shapes``
infers, ``fold`` evaluates shape arithmetic, and one small function a node type (``LOWERINGS``, a file a group) emits
layers.
"""
