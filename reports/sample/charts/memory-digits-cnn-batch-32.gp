# Memory: digits-cnn
# Run in this folder: gnuplot memory-digits-cnn-batch-32.gp
set encoding utf8
bars = 'memory-digits-cnn-batch-32.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,556 font 'DejaVu Sans,12' background '#ffffff'
set output 'memory-digits-cnn-batch-32.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,1112 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'memory-digits-cnn-batch-32.png'
}
reset
set lmargin at screen 0.1868; set rmargin at screen 0.97333; set bmargin at screen 0.16187; set tmargin at screen 0.86331
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Memory: digits-cnn' at screen 0.01778, screen 0.96043 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime 1.31.1, cpu, 1 thread, batch 32, single-stream' at screen 0.01778, screen 0.92086 left front font ',11' textcolor rgb '#555555'
set xrange [0:15.393517141173321] noextend
set xtics (0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0)
set yrange [-12.5:0.5] noextend
set ytics ('baseline' 0, 'pruned-50' -1, 'pruned-90' -2, 'pruned-90-per-layer' -3, 'dynamic-int8' -4, 'int8' -5, 'int8-percentile' -6, 'int8-entropy' -7, 'int8-mse' -8, 'int8-per-tensor' -9, 'int8-signed-activations' -10, 'float16' -11, 'pruned-int8' -12) scale 0
set grid noytics
set xlabel 'resident size above that before the load, MB'
set label '13.0 MB' at screen 0.85822, screen 0.83633 left front font ',11' textcolor rgb '#555555'
set label '12.6 MB  (0.97x)' at screen 0.84064, screen 0.78237 left front font ',11' textcolor rgb '#555555'
set label '12.6 MB  (0.97x)' at screen 0.84064, screen 0.72842 left front font ',11' textcolor rgb '#555555'
set label '12.6 MB  (0.97x)' at screen 0.84064, screen 0.67446 left front font ',11' textcolor rgb '#555555'
set label '12.9 MB  (0.99x)' at screen 0.85487, screen 0.6205 left front font ',11' textcolor rgb '#555555'
set label '11.8 MB  (0.91x)' at screen 0.79816, screen 0.56655 left front font ',11' textcolor rgb '#555555'
set label '11.8 MB  (0.91x)' at screen 0.79816, screen 0.51259 left front font ',11' textcolor rgb '#555555'
set label '11.8 MB  (0.91x)' at screen 0.79816, screen 0.45863 left front font ',11' textcolor rgb '#555555'
set label '11.8 MB  (0.91x)' at screen 0.79816, screen 0.40468 left front font ',11' textcolor rgb '#555555'
set label '11.8 MB  (0.91x)' at screen 0.79784, screen 0.35072 left front font ',11' textcolor rgb '#555555'
set label '11.8 MB  (0.91x)' at screen 0.7992, screen 0.29676 left front font ',11' textcolor rgb '#555555'
set label '12.6 MB  (0.97x)' at screen 0.83771, screen 0.24281 left front font ',11' textcolor rgb '#555555'
set label '11.8 MB  (0.91x)' at screen 0.79816, screen 0.18885 left front font ',11' textcolor rgb '#555555'
set label '' at screen 0.38427, screen 0.02878 front point pointtype 5 pointsize 1.0 linecolor rgb '#CCE3F0'
set label 'peak' at screen 0.40204, screen 0.02878 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.47013, screen 0.02878 front point pointtype 5 pointsize 1.0 linecolor rgb '#56B4E9'
set label 'after the first inference' at screen 0.48791, screen 0.02878 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.68152, screen 0.02878 front point pointtype 5 pointsize 1.0 linecolor rgb '#0072B2'
set label 'after loading' at screen 0.6993, screen 0.02878 left front font ',11' textcolor rgb '#000000'
plot bars every :::0::0 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#CCE3F0' fillstyle solid 1 noborder, bars every :::1::1 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#56B4E9' fillstyle solid 1 noborder, bars every :::2::2 using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#0072B2' fillstyle solid 1 noborder
unset output
}
