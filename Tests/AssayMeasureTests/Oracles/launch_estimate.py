# Oracle of LaunchEstimate.more: python3 with numpy and scipy.
import numpy as np
from scipy.stats import binom, norm
def rank(n, conf=0.95):
    k=1
    while k+1<=n//2+ (n%2) and 1-2*binom.cdf(k, n, .5)>=conf: k+=1
    return k
def more(scores, tol):
    s=np.std(scores,ddof=1); m=abs(np.median(scores)); h=max(m,tol-m); c=len(scores)
    for n in range(max(6,c+1), c+201):
        if -norm.ppf((rank(n)-.375)/(n+.25))*s < h: return n-c
    return None
print(more([-0.5, 1.5, 0.5, -0.5, 1.5, 0.5, -0.5, 1.5, 0.5, 0.5],0), more([-0.5, 1.5, 0.5, -0.5, 1.5, 0.5, -0.5, 1.5, 0.5, 0.5],3),more([0.01,0.03,-0.02,0.04,-0.01],0.02), more([0.011,0.012,0.013,0.012],0.0))
print([rank(n) for n in range(2,14)])
