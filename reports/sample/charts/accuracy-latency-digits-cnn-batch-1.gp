# Accuracy against latency: digits-cnn
# Run in this folder: gnuplot accuracy-latency-digits-cnn-batch-1.gp
set encoding utf8
points = 'accuracy-latency-digits-cnn-batch-1.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,560 font 'DejaVu Sans,12' background '#ffffff'
set output 'accuracy-latency-digits-cnn-batch-1.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,1120 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'accuracy-latency-digits-cnn-batch-1.png'
}
reset
set lmargin at screen 0.08889; set rmargin at screen 0.97333; set bmargin at screen 0.16786; set tmargin at screen 0.85
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Accuracy against latency: digits-cnn' at screen 0.01778, screen 0.96071 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime 1.31.1, cpu, 1 thread, batch 1, single-stream' at screen 0.01778, screen 0.92143 left front font ',11' textcolor rgb '#555555'
set xrange [1.2934305992589126:27.34520121935045] noextend
set logscale x
set xtics ('2.0' 2.0, '5.0' 5.0, '10' 10.0, '20' 20.0)
set yrange [92.83876128967479:100.07584532059292] noextend
unset logscale y
set ytics ('93' 93.0, '94' 94.0, '95' 95.0, '96' 96.0, '97' 97.0, '98' 98.0, '99' 99.0, '100' 100.0)
set xlabel 'median latency of one inference, µs (logarithmic)'
set ylabel 'top-1 accuracy, %' offset -0.5,0
set label 'baseline' at screen 0.92015, screen 0.79895 center front font ',12' textcolor rgb '#000000'
set label 'dynamic-int8' at screen 0.81277, screen 0.79895 center front font ',12' textcolor rgb '#000000'
set label 'int8' at screen 0.77325, screen 0.74513 center front font ',12' textcolor rgb '#000000'
set label 'float16' at screen 0.92838, screen 0.72538 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.87112, screen 0.77466 to screen 0.90223, screen 0.73966 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'pruned-80-tuned' at screen 0.73142, screen 0.61219 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.86175, screen 0.70648 to screen 0.79064, screen 0.62648 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'half-width' at screen 0.58795, screen 0.65402 center front font ',12' textcolor rgb '#000000'
set label 'compressed' at screen 0.91715, screen 0.6717 center front font ',12' textcolor rgb '#000000'
set label 'hashed-8' at screen 0.79748, screen 0.69391 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.86222, screen 0.74319 to screen 0.83111, screen 0.70819 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'small' at screen 0.21433, screen 0.38458 center front font ',12' textcolor rgb '#000000'
set label 'student' at screen 0.22027, screen 0.32357 center front font ',12' textcolor rgb '#000000'
set label 'half-width-int8' at screen 0.56568, screen 0.70331 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.65001, screen 0.65402 to screen 0.6189, screen 0.68902 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'below the picture: pruned-80 (61.1 %)' at screen 0.01778, screen 0.8875 left front font ',10' textcolor rgb '#555555'
set arrow from screen 0.20262, screen 0.02857 to screen 0.24262, screen 0.02857 nohead front dashtype 2 linewidth 1.6 linecolor rgb '#009E73'
set label 'Pareto front' at screen 0.24929, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.36676, screen 0.02857 front point pointtype 13 pointsize 1.0 linecolor rgb '#000000'
set label 'baseline' at screen 0.38453, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.47682, screen 0.02857 front point pointtype 7 pointsize 0.9 linecolor rgb '#0072B2'
set label 'on the front' at screen 0.4946, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.60803, screen 0.02857 front point pointtype 6 pointsize 0.9 linecolor rgb '#D55E00'
set label 'others (all bars: 95 % intervals)' at screen 0.62581, screen 0.02857 left front font ',11' textcolor rgb '#000000'
plot points every :::0::0 using 1:4 with steps linewidth 1.6 dashtype 2 linecolor rgb '#009E73', points every :::1::1 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#000000', points every :::1::1 using 1:4 with points pointtype 13 pointsize 1.0 linecolor rgb '#000000', points every :::2::2 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#0072B2', points every :::2::2 using 1:4 with points pointtype 7 pointsize 0.9 linecolor rgb '#0072B2', points every :::3::3 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#D55E00', points every :::3::3 using 1:4 with points pointtype 6 pointsize 0.9 linecolor rgb '#D55E00'
unset output
}
