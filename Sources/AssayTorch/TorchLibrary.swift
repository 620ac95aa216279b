/// libtorch and the bridge to it, where they are installed.
public enum TorchLibrary {}
