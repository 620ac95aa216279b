# Packed file: digits-cnn
# Run in this folder: gnuplot packed-digits-cnn.gp
set encoding utf8
bars = 'packed-digits-cnn.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,556 font 'DejaVu Sans,12' background '#ffffff'
set output 'packed-digits-cnn.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,1112 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'packed-digits-cnn.png'
}
reset
set lmargin at screen 0.1868; set rmargin at screen 0.97333; set bmargin at screen 0.16187; set tmargin at screen 0.86331
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Packed file: digits-cnn' at screen 0.01778, screen 0.96043 left front font ',15' textcolor rgb '#000000'
set label 'each weight stored in its form, decoded again and compared before its bytes count' at screen 0.01778, screen 0.92086 left front font ',11' textcolor rgb '#555555'
set xrange [0:249.3106747025094] noextend
set xtics (0.0, 50.0, 100.0, 150.0, 200.0)
set yrange [-12.5:0.5] noextend
set ytics ('baseline' 0, 'pruned-50' -1, 'pruned-90' -2, 'pruned-90-per-layer' -3, 'dynamic-int8' -4, 'int8' -5, 'int8-percentile' -6, 'int8-entropy' -7, 'int8-mse' -8, 'int8-per-tensor' -9, 'int8-signed-activations' -10, 'float16' -11, 'pruned-int8' -12) scale 0
set grid noytics
set xlabel 'packed file, kB'
set label '228 kB' at screen 0.91542, screen 0.83633 left front font ',11' textcolor rgb '#555555'
set label '122 kB' at screen 0.57994, screen 0.78237 left front font ',11' textcolor rgb '#555555'
set label '32.2 kB' at screen 0.2962, screen 0.72842 left front font ',11' textcolor rgb '#555555'
set label '32.2 kB' at screen 0.2962, screen 0.67446 left front font ',11' textcolor rgb '#555555'
set label '226 kB' at screen 0.90827, screen 0.6205 left front font ',11' textcolor rgb '#555555'
set label '64.9 kB' at screen 0.39941, screen 0.56655 left front font ',11' textcolor rgb '#555555'
set label '64.9 kB' at screen 0.39941, screen 0.51259 left front font ',11' textcolor rgb '#555555'
set label '64.9 kB' at screen 0.39941, screen 0.45863 left front font ',11' textcolor rgb '#555555'
set label '64.9 kB' at screen 0.39941, screen 0.40468 left front font ',11' textcolor rgb '#555555'
set label '63.5 kB' at screen 0.39505, screen 0.35072 left front font ',11' textcolor rgb '#555555'
set label '64.9 kB' at screen 0.39941, screen 0.29676 left front font ',11' textcolor rgb '#555555'
set label '115 kB' at screen 0.55715, screen 0.24281 left front font ',11' textcolor rgb '#555555'
set label '64.9 kB' at screen 0.39941, screen 0.18885 left front font ',11' textcolor rgb '#555555'
set label '' at screen 0.38967, screen 0.02878 front point pointtype 5 pointsize 1.0 linecolor rgb '#0072B2'
set label 'values' at screen 0.40745, screen 0.02878 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.48764, screen 0.02878 front point pointtype 5 pointsize 1.0 linecolor rgb '#E69F00'
set label 'indices' at screen 0.50542, screen 0.02878 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.59013, screen 0.02878 front point pointtype 5 pointsize 1.0 linecolor rgb '#009E73'
set label 'codebooks' at screen 0.60791, screen 0.02878 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.71388, screen 0.02878 front point pointtype 5 pointsize 1.0 linecolor rgb '#56B4E9'
set label 'header' at screen 0.73166, screen 0.02878 left front font ',11' textcolor rgb '#000000'
plot bars every :::0::0 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#0072B2' fillstyle solid 1 noborder, bars every :::1::1 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#E69F00' fillstyle solid 1 noborder, bars every :::2::2 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#009E73' fillstyle solid 1 noborder, bars every :::3::3 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#56B4E9' fillstyle solid 1 noborder
unset output
}
